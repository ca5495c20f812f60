//! Vectors in the database: made once, found again by every process and after every restart.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::vectors::{Item, Kind};
use crate::Result;
use crate::store::{Db, TeamId, read, run};

/// A vector as it is kept.
pub(super) struct Kept {
    pub(super) team: TeamId,
    pub(super) id: Uuid,
    pub(super) hash: String,
    pub(super) vector: Vec<f32>,
}

/// The vectors that are kept of these items, by the item, whatever text they are of.
pub(super) async fn load(
    db: &Db,
    kind: Kind,
    model: &str,
    items: &[Item],
) -> Result<HashMap<Uuid, (String, Vec<f32>)>> {
    if items.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String, Vec<u8>)> = read!(db, |c| {
        let mut query = QueryBuilder::new("SELECT item_id, hash, vector FROM embeddings WHERE kind = ");
        query.push_bind(kind).push(" AND model = ").push_bind(model).push(" AND item_id IN (");
        let mut list = query.separated(", ");
        for item in items {
            list.push_bind(item.id);
        }
        query.push(")").build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id, hash, bytes)| (id, (hash, floats(&bytes)))).collect())
}

/// Keeps vectors, each in place of the one of an older text.
pub(super) async fn keep(db: &Db, kind: Kind, model: &str, vectors: &[Kept]) -> Result<()> {
    let mut tx = db.begin().await?;
    for kept in vectors {
        run!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO embeddings (team_id, kind, item_id, model, hash, vector) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (kind, item_id, model) DO UPDATE SET hash = excluded.hash, vector = excluded.vector",
            )
            .bind(kept.team)
            .bind(kind)
            .bind(kept.id)
            .bind(model)
            .bind(&kept.hash)
            .bind(bytes(&kept.vector))
            .execute(c)
            .await
            .map(|_| ())
        })?;
    }
    Ok(tx.commit().await?)
}

fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}
